using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>Programs are told from other files by how they begin.</summary>
public sealed class MachOTests
{
    [Theory]
    [InlineData("CFFAEDFE 0C000001", true)]         // arm64, as every Mac writes it
    [InlineData("CFFAEDFE 07000001", true)]         // x86_64
    [InlineData("CEFAEDFE 07000000", true)]         // i386
    [InlineData("FEEDFACE 00000012", true)]         // PowerPC, the other byte order
    [InlineData("FEEDFACF 01000012", true)]         // 64-bit PowerPC
    [InlineData("CAFEBABE 00000002", true)]         // for two architectures
    [InlineData("CAFEBABE 0000002C", true)]
    [InlineData("CAFEBABF 00000002", true)]         // the same with 64-bit offsets
    [InlineData("CAFEBABE 0003002D", false)]        // Java 1.1: minor version 3, major 45
    [InlineData("CAFEBABE 0000002D", false)]        // Java 1.0
    [InlineData("CAFEBABE 00000041", false)]        // Java 21
    [InlineData("CAFEBABE 00000000", false)]
    [InlineData("BEBAFECA 02000000", false)]        // fat headers have one byte order
    [InlineData("7F454C46 02010100", false)]        // ELF
    [InlineData("23212F62 696E2F73", false)]        // #!/bin/s
    [InlineData("CFFAEDFE 0C0000", false)]          // ends too early
    [InlineData("", false)]
    public void Program_is_told_by_its_first_eight_bytes(string beginning, bool isProgram) =>
        Assert.Equal(isProgram, MachO.Is(Convert.FromHexString(beginning.Replace(" ", "", StringComparison.Ordinal))));
}
