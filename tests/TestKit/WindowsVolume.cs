using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace TestKit;

/// <summary>What Windows tells of a volume and of where a file lies on it; written by the documents, and not yet run there.</summary>
[SupportedOSPlatform("windows")]
public static unsafe partial class WindowsVolume
{
    private const int MAX_PATH = 260;

    /// <summary>winioctl.h.</summary>
    private const uint FSCTL_GET_RETRIEVAL_POINTERS = 0x0009_0073;

    /// <summary>winerror.h.</summary>
    private const int ERROR_HANDLE_EOF = 38, ERROR_MORE_DATA = 234;

    /// <summary>The name of the filesystem of a volume that is mounted in a folder: <c>ReFS</c>.</summary>
    public static string FileSystemOf(string folder)
    {
        char* name = stackalloc char[MAX_PATH + 1];
        return GetVolumeInformation(Path.TrimEndingDirectorySeparator(folder) + "\\", null, 0, null, null, null, name, MAX_PATH + 1)
            ? new string(name) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>The clusters of a file: for each run the number in the file that follows it, and its first on the volume. Two files that name the same share them.</summary>
    public static IReadOnlyList<(long Next, long Cluster)> ClustersOf(string path)
    {
        // RETRIEVAL_POINTERS_BUFFER: a count in eight bytes, the first cluster, and pairs.
        const int most = 4096;
        long start = 0;
        long* answer = stackalloc long[2 + (2 * most)];
        using SafeFileHandle file = File.OpenHandle(path);
        if (!DeviceIoControl(file, FSCTL_GET_RETRIEVAL_POINTERS, &start, sizeof(long), answer, (2 + (2 * most)) * sizeof(long), out _, null))
        {
            int error = Marshal.GetLastPInvokeError();
            return error == ERROR_HANDLE_EOF ? [] : throw new Win32Exception(error, error == ERROR_MORE_DATA ? "The file is in too many pieces." : null);
        }
        var clusters = new (long, long)[(uint)answer[0]];
        for (int i = 0; i < clusters.Length; i++) clusters[i] = (answer[2 + (2 * i)], answer[3 + (2 * i)]);
        return clusters;
    }

    [LibraryImport("kernel32", EntryPoint = "GetVolumeInformationW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetVolumeInformation(
        string root, char* name, int nameSize, uint* serial, uint* longestName, uint* flags, char* fileSystem, int fileSystemSize);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool DeviceIoControl(SafeFileHandle file, uint code, void* input, int inputSize, void* output, int outputSize, out int returned, void* overlapped);
}
