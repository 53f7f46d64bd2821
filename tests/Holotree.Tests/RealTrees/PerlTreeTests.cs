using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.RealTrees;

/// <summary>
/// A Perl with its module path compiled in, a module in C installed by MakeMaker, and a script that starts that Perl: what
/// perlbrew and local::lib leave behind, made small.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PerlTreeTests
{
    /// <summary>perlembed(1), with @INC compiled in.</summary>
    const string Interpreter = """
        #include <EXTERN.h>
        #include <perl.h>
        EXTERN_C void boot_DynaLoader(pTHX_ CV *cv);
        static void xs_init(pTHX) { newXS("DynaLoader::boot_DynaLoader", boot_DynaLoader, __FILE__); }
        int main(int argc, char **argv, char **env)
        {
            char *arguments[64] = { argv[0], "-I" PREFIX "/lib/perl5/" ARCH, "-I" PREFIX "/lib/perl5" };
            for (int i = 1; i < argc && i < 60; i++) arguments[i + 2] = argv[i];
            int count = argc + 2;
            PERL_SYS_INIT3(&argc, &argv, &env);
            PerlInterpreter *my_perl = perl_alloc();
            perl_construct(my_perl);
            PL_exit_flags |= PERL_EXIT_DESTRUCT_END;
            int code = perl_parse(my_perl, xs_init, count, arguments, env);
            if (code == 0) code = perl_run(my_perl);
            perl_destruct(my_perl);
            perl_free(my_perl);
            return code;
        }
        """;

    const string Makefile = """
        use ExtUtils::MakeMaker;
        WriteMakefile(NAME => 'Holotree::Sample', VERSION => '1.0', NO_META => 1,
            LIBS => ["-L$ENV{SAMPLE} -lsample"], LDDLFLAGS => "-shared -Wl,-rpath,$ENV{SAMPLE}");
        """;

    const string Module = """
        package Holotree::Sample;
        our $VERSION = '1.0';
        require XSLoader;
        XSLoader::load('Holotree::Sample', $VERSION);
        1;
        """;

    const string ModuleInC = """
        #include "EXTERN.h"
        #include "perl.h"
        #include "XSUB.h"
        int sample_number(void);
        MODULE = Holotree::Sample  PACKAGE = Holotree::Sample
        PROTOTYPES: DISABLE
        int number()
          CODE:
            RETVAL = sample_number();
          OUTPUT:
            RETVAL

        """;

    [Theory]
    [MemberData(nameof(RealTree.Volumes), MemberType = typeof(RealTree))]
    public void Perl_tree_with_a_module_in_C_works_at_another_place(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        Build(site);

        RealTree.UseAtOtherPlaces(site, strategy, (place, report) =>
        {
            if (report.Relocated.Unfit.Count > 0)
            {
                Assert.Equal(2, report.Relocated.Unfit.Count);      // both are named, and no other
                Assert.Contains("bin/perl", report.Relocated.Unfit);
                Assert.EndsWith("/Holotree/Sample/Sample.so", report.Relocated.Unfit[1], StringComparison.Ordinal);
                return;
            }
            string said = Tool.Run(Path.Join(place, "bin/sample"));
            Assert.Equal($"42 {place}/bin/sample", said.Split('\n')[0]);
            Assert.StartsWith($"{place}/lib/perl5/", said.Split('\n')[1], StringComparison.Ordinal);
            Assert.Equal($"{place}/lib/perl5", said.Split('\n')[2]);
        });
    }

    static void Build(Site site)
    {
        Tool.Need("perl", "gcc", "make");
        string core = Tool.Run("perl", "-MConfig", "-e", "print \"$Config{archlibexp}/CORE\"");
        string library = Tool.Run("perl", "-MConfig", "-e", "print \"$Config{libpth} $Config{libperl}\"") is var told
            && told.Split(' ')[..^1].Select(folder => Path.Join(folder, told.Split(' ')[^1])).FirstOrDefault(File.Exists) is { } found ? found : "";
        if (!File.Exists(Path.Join(core, "perl.h")) || library.Length == 0) Assert.Skip("This perl has no headers or no shared library.");

        RealTree.BuildSampleLibrary(site);
        string source = site.Source, dist = site.Folder.MakeFolder("dist");
        site.Folder.Write("perl.c", Interpreter);
        Directory.CreateDirectory(Path.Join(source, "bin"));
        string architecture = Tool.Run("perl", "-MConfig", "-e", "print $Config{archname}");
        Tool.Run("gcc", ["-o", Path.Join(source, "bin/perl"), site.Folder["perl.c"], $"-DPREFIX=\"{source}\"", $"-DARCH=\"{architecture}\"",
            .. Tool.Run("perl", "-MExtUtils::Embed", "-e", "ccopts").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), library]);

        site.Folder.Write("dist/Makefile.PL", Makefile);
        site.Folder.Write("dist/Sample.xs", ModuleInC);
        site.Folder.Write("dist/lib/Holotree/Sample.pm", Module);
        Tool.Run("env", "-C", dist, $"SAMPLE={source}/lib", "perl", "Makefile.PL", $"INSTALL_BASE={source}");
        Tool.Run("make", "-s", "-C", dist, "install");
        RealTree.MakeExecutable(site.Folder.Write("source/bin/sample",
            $"#!{source}/bin/perl -w\nuse Holotree::Sample;\nprint Holotree::Sample::number(), \" $0\\n$INC{{q{{Holotree/Sample.pm}}}}\\n@{{[grep {{ m{{/lib/perl5$}} }} @INC]}}\\n\";\n"));
        Assert.StartsWith("42 ", Tool.Run(Path.Join(source, "bin/sample")), StringComparison.Ordinal);
    }
}
